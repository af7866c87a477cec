select demo.tick()
