# Numbers, strings, sorting, packing and the modules in C; prints the same wherever the CPU is right.
use strict;
use warnings;
use Digest::SHA qw(sha1_hex sha512_base64);
use Digest::MD5 qw(md5_hex);
use Math::BigInt;
use Math::BigFloat;
use POSIX qw(floor fmod strtod);
use List::Util qw(sum reduce);
use Compress::Zlib;
use Storable qw(freeze thaw);

my $x = 42;
sub draw { $x = ($x * 16807) % 2147483647; return $x }

my @numbers = map { draw() / 1000 } 1 .. 1000;
printf "%.12g %.12g %.12g\n", sum(@numbers), sum(map { sqrt } @numbers), sum(map { $_ % 97 } @numbers);
printf "%.10f %.10e %g %s %s\n", atan2(1, 2), exp(10) / 3, 1e300 * 10, 0.1 + 0.2, 9**20;
print join(',', (sort { $a <=> $b } @numbers)[0 .. 9]), "\n";
print md5_hex(join ',', @numbers), ' ', sha1_hex(join ',', sort @numbers), "\n", sha512_base64("@numbers"), "\n";
print unpack('H*', pack('n N v V q Q d f w', 1, 2, 3, 4, -5, 6, 7.25, -8.5, 123456789)), "\n";
print Math::BigInt->new(2)->bpow(521)->bsub(1), "\n", Math::BigInt->new(100)->bfac(), "\n";
print Math::BigFloat->new(2)->bsqrt(60), ' ', Math::BigFloat->bpi(60), "\n";
my $text = join ' ', map { chr(97 + draw() % 26) x (1 + draw() % 5) } 1 .. 1500;
my %count;
$count{$_}++ for $text =~ /(\w)\1+/g;
print join(' ', map { "$_=$count{$_}" } sort keys %count), "\n";
(my $swapped = $text) =~ tr/a-z/n-za-m/;
$swapped =~ s/(\w+) (\w+)/$2 $1/g;
print length $swapped, ' ', md5_hex($swapped), "\n";
my $packed = compress($text, 9);
print length $packed, ' ', md5_hex($packed), ' ', uncompress($packed) eq $text ? 'same' : 'different', "\n";
print md5_hex(join ',', map { sprintf '%.15g', scalar strtod($_ . 'e-7') } @numbers), "\n";
print reduce { ($a * 31 + $b) % 1000003 } map { ord } split //, $text;
print "\n", thaw(freeze([1, 2.5, 'three']))->[1], ' ', fmod(10, 3), ' ', floor(-2.5), ' ', ~0, ' ', 7 <=> 3, ' ', 1 << 40, "\n";
