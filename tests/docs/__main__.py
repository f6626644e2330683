"""`make generate` runs this: rewrite every generated table in place."""

from docs.pages import write_all

if __name__ == "__main__":
    write_all()
