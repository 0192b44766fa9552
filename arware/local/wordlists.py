"""What is on the lists of passwords that are tried first."""

from __future__ import annotations

_WORDS = """
password passwort passw0rd p4ssword parola contraseña senha motdepasse qwerty
letmein welcome admin administrator root login logmein changeme iloveyou ilove
loveyou monkey dragon master sunshine princess football baseball basketball
soccer superman batman spiderman pokemon starwars michael jennifer jordan hunter
shadow trustno1 whatever freedom secret default guest user test testing hello
abc123 google facebook samsung liverpool chelsea arsenal manchester united
manchesterunited barcelona realmadrid juventus yankees cowboys steelers summer
winter spring autumn january february march april june july august september
october november december monday tuesday wednesday thursday friday saturday
sunday internet computer windows microsoft apple iphone android correct horse
battery staple correcthorsebatterystaple
"""

_DIGESTS = """
0711a8d20a98f4cf 0a67089cad3541d7 115d32408ba1673f 137e6b64b944d16a
143a64e0331425b1 1da9133ab9dbd11d 22f59479ff8be5a5 2c402093f566a0e3
2daa479d8395215a 2defe9f5e2443a83 2efa77adaf66c1d6 30dbc9ec72405936
3453a0a7f1e111fc 34dce12a3eef7b4b 394c45f3b1ca9c0b 39bd13046f7c6115
3b907b21ab25b7ea 4974ebf7b80aea1a 5cb0c18425f3db4b 5ccc9766a3a4419b
6c43e8ac2020e3d3 6c9e6261270347d4 6ceabdfbfe84a7e0 700ebc2f4b0457c2
70d4029ecb454c4f 75e1272716f1a3fa 775b9c200002c4cc 808992f5d9d07bcf
816a209b39398e06 8bb62254c7327a53 9a8a43cb96c5f240 a054d92b38c83293
a3aef871e163112b a5dcc5922b097a46 a71974c4fdf99a09 adb82ae749e9acdb
b1abde890805355a bd484b82d7875e11 bfa45050c75f6a76 c1111e162eb6d424
c204f1a64a862526 c4612ceebf0231ee c5ab88f123e5e69c c9034e49af2c3288
c9335cecb9bac25d c95cf93639f759b0 cbe6beb26479b568 d1417d3a3a26dd1e
da25acfb4c5d7683 e4005e2c1578a1e8 e5ab22239c95d9a5 e5cc3e02f55fca95
ef45e44ccfb4ad98 f319719483beab51 fc1bf51468791e26 fc4aac7dc1405592
fcbf158b8912288c
"""

#: Words that lists of leaked passwords are full of, written down from memory.
WORDS = frozenset(_WORDS.split())

#: Long phrases that such lists hold and no pattern explains: of each the first eight
#: bytes of its SHA-256, which helps to refuse them and nobody to try them.
KNOWN = frozenset(_DIGESTS.split())
