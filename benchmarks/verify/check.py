# Numbers, bytes and compression by the modules that are written in C; prints the same wherever the CPU is right.
import array
import binascii
import decimal
import fractions
import hashlib
import json
import math
import random
import re
import struct
import zlib

random.seed(12345)
numbers = [random.uniform(-1e6, 1e6) for _ in range(500)]
print(math.fsum(numbers), sum(numbers), math.prod(x / 1e6 + 2 for x in numbers[:60]))
print(hashlib.sha256(b''.join(struct.pack('<dfqHb', x, x / 3, int(x * 1000), int(abs(x)) & 0xFFFF, int(x) % 100) for x in numbers)).hexdigest())
print(hashlib.md5(','.join(repr(x) for x in numbers).encode()).hexdigest(), hashlib.sha3_256(b'abc' * 100).hexdigest())
print(hashlib.blake2b(repr(sorted(numbers)).encode()).hexdigest())
print(hashlib.sha1(repr([math.sqrt(abs(x)) for x in numbers] + [math.floor(x) for x in numbers]).encode()).hexdigest())
decimal.getcontext().prec = 60
print(decimal.Decimal(2).sqrt(), decimal.Decimal(1) / 7, decimal.Decimal(10).ln(), decimal.Decimal(1).exp())
print(sum(fractions.Fraction(1, n) for n in range(1, 60)))
print(pow(3, 2 ** 200, 2 ** 127 - 1), math.factorial(80), math.isqrt(10 ** 60), math.gcd(2 ** 90 - 1, 2 ** 60 - 1))
text = json.dumps({'numbers': numbers, 'words': [chr(97 + random.randrange(26)) * random.randrange(1, 6) for _ in range(800)]})
packed = zlib.compress(text.encode(), 9)
print(len(packed), zlib.crc32(packed), zlib.adler32(text.encode()), zlib.decompress(packed).decode() == text)
print(len(re.findall(r'"(\w)\1+"', text)), binascii.hexlify(bytes(array.array('h', [int(x) % 30000 for x in numbers[:20]]))).decode())
print(float.fromhex('0x1.921fb54442d18p+1'), (0.1).hex(), round(2.675, 2), 1e308 * 10, -0.0, float.fromhex('0x1p-1074'), 7 // -2, -7 % 3)
