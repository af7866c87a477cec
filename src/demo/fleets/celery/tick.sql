-- One second of the company's life.
select demo.tick()
