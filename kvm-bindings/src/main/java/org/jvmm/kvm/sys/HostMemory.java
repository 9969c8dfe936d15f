package org.jvmm.kvm.sys;

import java.io.FileInputStream;
import java.io.IOException;

/**
 * What the host has, from {@code /proc/meminfo} (proc_meminfo(5)).
 *
 * @param total usable RAM in bytes
 * @param available RAM in bytes that new programs can have without swapping
 */
public record HostMemory(long total, long available) {
    /** Reads the present state. */
    public static HostMemory read() throws IOException {
        byte[] text = new byte[1024];
        int length = 0;
        try (FileInputStream in = new FileInputStream("/proc/meminfo")) {
            // The two lines wanted are among the first three; the rest is not read.
            for (int n = in.read(text, 0, text.length); n > 0; n = in.read(text, length, text.length - length)) {
                length += n;
            }
        }
        return parse(text, length);
    }

    /** Finds the two fields; an absent one counts as unlimited. */
    static HostMemory parse(byte[] text, int length) {
        return new HostMemory(field(text, length, "MemTotal:"), field(text, length, "MemAvailable:"));
    }

    private static long field(byte[] text, int length, String name) {
        int lineStart = 0;
        while (lineStart < length) {
            int at = lineStart;
            int matched = 0;
            while (matched < name.length() && at < length && text[at] == name.charAt(matched)) {
                at++;
                matched++;
            }
            if (matched == name.length()) {
                long kibibytes = 0;
                for (; at < length && text[at] != '\n'; at++) {
                    if (text[at] >= '0' && text[at] <= '9') {
                        kibibytes = kibibytes * 10 + (text[at] - '0');
                    }
                }
                return kibibytes << 10;
            }
            while (at < length && text[at] != '\n') {
                at++;
            }
            lineStart = at + 1;
        }
        return Long.MAX_VALUE;
    }
}
