-- One second of the simulation.
select demo.tick()
