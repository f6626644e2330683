MINORS = tuple(range(31, 38))
def use(minor): pass
