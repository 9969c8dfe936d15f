package org.jvmm.vmm;

import java.nio.file.Path;
import org.jvmm.virtio.fs.CacheMode;
import org.jvmm.virtio.fs.DaxWindow;

/**
 * A directory of the host that containers see.
 *
 * @param host directory of the host
 * @param guest absolute path in containers
 * @param readOnly whether the guest may not change it
 * @param cache what the guest may keep
 * @param dax bytes of guest memory in which files are mapped, a multiple of {@link DaxWindow#PIECE}, or 0 for none
 */
public record VolumeConfig(Path host, String guest, boolean readOnly, CacheMode cache, long dax) {
    /** Size of a DAX window of which nothing else is said: 4 MiB of the guest's RAM are needed to describe it. */
    public static final long DEFAULT_DAX = 256L << 20;
    /** Greatest size of a DAX window: each 2 MiB may be a mapping of this process, of which it has 65,530 (vm.max_map_count). */
    public static final long MAX_DAX = 16L << 30;

    private static final String DAX = "dax=";

    public VolumeConfig {
        if (dax < 0 || dax > MAX_DAX || dax % DaxWindow.PIECE != 0) {
            throw new MachineException("DAX window of " + MemorySize.format(dax) + " is not a multiple of 2 MiB up to 16 GiB");
        }
        if (!guest.startsWith("/") || guest.contains("/../") || guest.endsWith("/..")) {
            throw new MachineException("Volume's place in the guest, " + guest + ", is not an absolute path");
        }
        if (guest.equals("/")) {
            throw new MachineException("Volume cannot be the guest's root; --rootfs DIR makes a directory the root");
        }
    }

    /** A volume without a DAX window. */
    public VolumeConfig(Path host, String guest, boolean readOnly, CacheMode cache) {
        this(host, guest, readOnly, cache, 0);
    }

    /**
     * Reads {@code HOSTDIR:GUESTDIR[:OPTION,...]} with the options {@code ro}, {@code rw}, {@code cache=none}, {@code cache=auto},
     * {@code cache=always}, {@code dax} and {@code dax=SIZE}.
     *
     * @throws MachineException when it is not of this form
     */
    public static VolumeConfig parse(String text) {
        int first = text.indexOf(':');
        if (first <= 0 || first == text.length() - 1) {
            throw new MachineException("Volume " + text + " is not HOSTDIR:GUESTDIR[:ro]");
        }
        int second = text.indexOf(':', first + 1);
        String guest = second < 0 ? text.substring(first + 1) : text.substring(first + 1, second);
        boolean readOnly = false;
        CacheMode cache = CacheMode.AUTO;
        long dax = 0;
        for (String option : second < 0 ? new String[0] : text.substring(second + 1).split(",", -1)) {
            switch (option) {
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                case "cache=none" -> cache = CacheMode.NONE;
                case "cache=auto" -> cache = CacheMode.AUTO;
                case "cache=always" -> cache = CacheMode.ALWAYS;
                case "dax" -> dax = DEFAULT_DAX;
                default -> {
                    if (!option.startsWith(DAX)) {
                        throw new MachineException(
                                "Volume option " + option + " is unknown: ro, rw, cache=none|auto|always and dax[=SIZE] are possible");
                    }
                    dax = MemorySize.parse(option.substring(DAX.length()));
                }
            }
        }
        return new VolumeConfig(Path.of(text.substring(0, first)), guest, readOnly, cache, dax);
    }
}
