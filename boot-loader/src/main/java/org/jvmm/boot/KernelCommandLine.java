package org.jvmm.boot;

import org.jvmm.core.memory.GuestLayout;

/**
 * Builds a kernel command line. What follows a word {@code --} belongs to init (Linux Documentation/admin-guide/kernel-parameters.rst), so
 * everything appended goes before it.
 */
public final class KernelCommandLine {
    private final StringBuilder kernelPart = new StringBuilder(256);
    private final String initPart;

    /**
     * @param base the user's line: printable ASCII
     * @throws KernelException for any other character
     */
    public KernelCommandLine(String base) {
        check(base);
        int split = initArguments(base);
        kernelPart.append(base, 0, split);
        initPart = base.substring(split);
    }

    /** Index of the word {@code --} outside of quotes, or the length. */
    private static int initArguments(String line) {
        boolean quoted = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (c == '-' && !quoted && line.startsWith("--", i) && (i == 0 || line.charAt(i - 1) == ' ')
                    && (i + 2 == line.length() || line.charAt(i + 2) == ' ')) {
                return i;
            }
        }
        return line.length();
    }

    private static void check(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                throw new KernelException("Kernel command line has the character 0x" + Integer.toHexString(c) + " at position " + i
                        + "; only printable ASCII is possible");
            }
        }
    }

    /**
     * Adds one item.
     *
     * @throws KernelException for a character that is not printable ASCII
     */
    public KernelCommandLine append(String item) {
        check(item);
        int length = kernelPart.length();
        if (length > 0 && kernelPart.charAt(length - 1) != ' ') {
            kernelPart.append(' ');
        }
        kernelPart.append(item);
        return this;
    }

    /** Announces a device: {@code virtio_mmio.device=<size>@<base>:<irq>} (Linux drivers/virtio/virtio_mmio.c). */
    public KernelCommandLine append(MmioDevice device) {
        return append("virtio_mmio.device=" + (device.size() >> 10) + "K@0x" + Long.toHexString(device.base()) + ":" + device.gsi());
    }

    /** The line so far. */
    @Override
    public String toString() {
        if (initPart.isEmpty()) {
            return kernelPart.toString();
        }
        int length = kernelPart.length();
        boolean space = length > 0 && kernelPart.charAt(length - 1) != ' ';
        return kernelPart + (space ? " " : "") + initPart;
    }

    /**
     * The line as bytes with its NUL.
     *
     * @param max most characters without the NUL, less than {@link GuestLayout#CMDLINE_MAX}
     * @throws KernelException when it is longer
     */
    public byte[] toBytes(int max) {
        String line = toString();
        if (line.length() > max) {
            throw new KernelException("Kernel command line has " + line.length() + " characters with the devices, at most " + max
                    + " are possible");
        }
        byte[] bytes = new byte[line.length() + 1];
        for (int i = 0; i < line.length(); i++) {
            bytes[i] = (byte) line.charAt(i);
        }
        return bytes;
    }
}
