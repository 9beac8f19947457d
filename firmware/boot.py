"""What a board runs first, kept on it as ``/main.py`` beside ``slots.py``; never updated."""

import slots

if __name__ == "__main__":
    slots.launch()
