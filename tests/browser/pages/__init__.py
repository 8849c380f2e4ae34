"""Page objects: what a person can do on a screen, in the words of the screen."""
