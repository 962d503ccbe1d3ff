"""Files as the program reads and writes them: stack files, secrets, private keys."""
