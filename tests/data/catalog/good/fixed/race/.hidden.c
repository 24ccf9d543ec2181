Not a program either.
