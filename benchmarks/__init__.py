"""What Arna promises about speed, measured beside what it is compared with, in one run: ``make bench``."""
