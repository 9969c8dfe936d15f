package org.jvmm.vmm;

import java.nio.file.Path;
import org.jvmm.virtio.fs.CacheMode;

/**
 * A directory of the host that containers see.
 *
 * @param host directory of the host
 * @param guest absolute path in containers
 * @param readOnly whether the guest may not change it
 * @param cache what the guest may keep
 */
public record VolumeConfig(Path host, String guest, boolean readOnly, CacheMode cache) {
    public VolumeConfig {
        if (!guest.startsWith("/") || guest.contains("/../") || guest.endsWith("/..")) {
            throw new MachineException("Volume's place in the guest, " + guest + ", is not an absolute path");
        }
        if (guest.equals("/")) {
            throw new MachineException("Volume cannot be the guest's root; --rootfs DIR makes a directory the root");
        }
    }

    /**
     * Reads {@code HOSTDIR:GUESTDIR[:OPTION,...]} with the options {@code ro}, {@code rw}, {@code cache=none}, {@code cache=auto} and
     * {@code cache=always}.
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
        for (String option : second < 0 ? new String[0] : text.substring(second + 1).split(",", -1)) {
            switch (option) {
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                case "cache=none" -> cache = CacheMode.NONE;
                case "cache=auto" -> cache = CacheMode.AUTO;
                case "cache=always" -> cache = CacheMode.ALWAYS;
                default ->
                    throw new MachineException("Volume option " + option + " is unknown: ro, rw and cache=none|auto|always are possible");
            }
        }
        return new VolumeConfig(Path.of(text.substring(0, first)), guest, readOnly, cache);
    }
}
