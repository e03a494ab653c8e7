"""`python -m allocator` does what `allocator` does."""

from allocator.cli import main

if __name__ == "__main__":
    main()
