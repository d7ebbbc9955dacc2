"""What runs in the user's own interpreter: Python 3.8 syntax, standard library only, never raises, never prints.

It is loaded under the name ``_artifactpack_inside`` by ``boot/sitecustomize.py``. No module of the standard library is
imported that the interpreter has not already imported, so that a project's own ``random.py`` or ``json.py`` is found
as it would be without us.
"""
