"""What rows are made of. Tables have a power of two of entries, so that bits of a hash choose one."""

GIVEN_NAMES = """
    Ada Aisha Akira Alan Amélie Ana Anders Anna Astrid Beatriz Ben Björn Carla Chen Chloé Clara Dana David Dmitri
    Elena Emil Emma Erik Fatima Felix Finn Freya Georg Grace Greta Hana Henry Ida Igor Ines Ivan Jan Jonas José Julia
    Kofi Lars Lea Leon Lina Luca Lucía Magnus Marie Mats Mei Milan Nadia Nina Noah Olga Oskar Paul Petra Rosa Sara
    Tomás Yara Zoë
""".split()

FAMILY_NAMES = """
    Almeida Andersson Bakker Baumann Becker Bernard Bianchi Brown Carvalho Clarke Costa Dahl Davies Dubois Dvořák
    Eriksen Fischer Fontaine Fournier García Gonzalez Gruber Hansen Hoffmann Horvat Hughes Ivanov Jansen Jensen
    Johansson Jones Kaya Keller Klein Koch Kovács Kowalska Kruse Lambert Larsen Lehmann Lindberg Lopez Martin Meyer
    Moreau Müller Nielsen Novák O'Brien Okafor Olsen Papadakis Pereira Peters Ricci Rossi Schmidt Silva Singh Suzuki
    Weber Wilson Yılmaz
""".split()

CITIES = """
    Aarhus Amsterdam Antwerp Athens Barcelona Basel Belfast Bergen Berlin Bologna Bordeaux Bremen Bristol Brno Bruges
    Budapest Cardiff Cologne Copenhagen Cork Dresden Dublin Edinburgh Florence Gdańsk Geneva Ghent Glasgow Graz
    Gothenburg Hamburg Helsinki Innsbruck Kraków Leeds Leipzig Lille Linz Lisbon Ljubljana London Lyon Madrid Malmö
    Marseille Milan Munich Nantes Naples Oslo Paris Porto Prague Riga Rome Rotterdam Seville Stockholm Tallinn Turin
    Utrecht Vienna Vilnius Zürich
""".split()

STATUSES = ("open", "open", "assigned", "waiting", "in progress", "resolved", "closed", "reopened")

_SUBJECTS = (
    "meter|boiler|north door|lift 2|invoice|contract|second unit|roof, east side|"
    "cable|pump|gate|order|parcel|sensor|permit|window"
).split("|")
# Quotes within quotes are doubled, as CSV wants them.
_FINDINGS = (
    'checked and found in order|not accessible, call first|labelled ""do not open""|replaced|'
    "waits for spare part|measured, 4 mm off|refused by the tenant|see letter of 3 May|"
    'said to be ""fine""|cleaned, dried, tested|to be done again|no fault found|'
    "moved to the cellar|damaged in transport|paid, receipt sent|closed for winter"
).split("|")
PHRASES = tuple(f"{subject} {finding}" for subject in _SUBJECTS for finding in _FINDINGS)
