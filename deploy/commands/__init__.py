"""One module for each command of `./lifering`, imported only when that command is asked for."""
