"""`python -m multivector` is the same as `multivector`."""

from multivector.cli import main

main()
