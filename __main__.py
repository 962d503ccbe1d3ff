from mesh import program

program.run()
