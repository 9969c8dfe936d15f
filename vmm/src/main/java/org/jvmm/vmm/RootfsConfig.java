package org.jvmm.vmm;

import java.nio.file.Path;

/**
 * The containers' root.
 *
 * @param path directory of the host, or file with an ext4, squashfs or erofs image
 * @param mode what becomes of writes; an image is never written to, so {@link Mode#DIRECT} is {@link Mode#OVERLAY} for it
 */
public record RootfsConfig(Path path, Mode mode) {
    /** What becomes of a container's writes. */
    public enum Mode {
        /** They change the host's directory. */
        DIRECT,
        /** They are refused. */
        READ_ONLY,
        /** They go to the guest's memory and are lost with it. */
        OVERLAY
    }

    /**
     * Reads {@code PATH[:ro|:overlay]}.
     *
     * @throws MachineException when the path is empty
     */
    public static RootfsConfig parse(String text) {
        Mode mode = Mode.DIRECT;
        String path = text;
        if (text.endsWith(":ro")) {
            mode = Mode.READ_ONLY;
            path = text.substring(0, text.length() - 3);
        } else if (text.endsWith(":overlay")) {
            mode = Mode.OVERLAY;
            path = text.substring(0, text.length() - 8);
        }
        if (path.isEmpty()) {
            throw new MachineException("Root file system has no path");
        }
        return new RootfsConfig(Path.of(path), mode);
    }
}
