package org.jvmm.vmm;

/** Sizes of memory as users write them. */
public final class MemorySize {
    private MemorySize() {}

    /**
     * Reads a size: digits and an optional unit, {@code K}, {@code M}, {@code G} or {@code T} in powers of 1024, upper or lower case, optionally
     * followed by {@code B} or {@code iB}. A number alone is bytes.
     *
     * @throws MachineException when it is none, or more than 2^63 - 1 bytes
     */
    public static long parse(String text) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        int shift = shift(text.substring(digits));
        if (digits == 0 || shift < 0) {
            throw new MachineException("Memory size \"" + text + "\" is not a number with an optional unit K, M, G or T, such as 256M");
        }
        // 19 digits may leave the range of long; 18 cannot.
        long number = digits > 18 ? Long.MAX_VALUE : Long.parseLong(text, 0, digits, 10);
        if (number > Long.MAX_VALUE >> shift) {
            throw new MachineException("Memory size " + text + " is out of range");
        }
        return number << shift;
    }

    private static int shift(String unit) {
        if (unit.isEmpty()) {
            return 0;
        }
        int shift = switch (unit.charAt(0)) {
            case 'K', 'k' -> 10;
            case 'M', 'm' -> 20;
            case 'G', 'g' -> 30;
            case 'T', 't' -> 40;
            default -> -1;
        };
        String rest = unit.substring(1);
        return rest.isEmpty() || rest.equalsIgnoreCase("B") || rest.equalsIgnoreCase("iB") ? shift : -1;
    }

    /** A size with the largest unit that divides it, for messages. */
    public static String format(long bytes) {
        String[] units = { " bytes", " KiB", " MiB", " GiB", " TiB" };
        long value = bytes;
        int unit = 0;
        while (unit < units.length - 1 && value != 0 && value % 1024 == 0) {
            value /= 1024;
            unit++;
        }
        return value + units[unit];
    }
}
