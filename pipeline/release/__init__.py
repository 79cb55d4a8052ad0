"""The last good run as a release: a folder that stands on its own, checked before it is seen and never changed after."""
