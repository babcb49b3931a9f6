"""Everything a user can do is a command: a plain function with a title, typed arguments and a docstring.

Menus, shortcuts, the palette, ``main.py send`` and the end-to-end tests all go through the same registry.
"""
