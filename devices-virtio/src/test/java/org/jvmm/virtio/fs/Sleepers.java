package org.jvmm.virtio.fs;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import org.jvmm.kvm.sys.FfmSyscalls;

/** Volumes whose files are asleep whenever no request is at work with them. */
final class Sleepers {
    /** The root, two that a request names, and one that it finds. */
    private static final long FEW = 4;

    private Sleepers() {}

    static DescriptorBudget few() {
        return new DescriptorBudget(FEW, Integer.MAX_VALUE);
    }

    /** Skips the test where files cannot be opened by handles. */
    static void assumeHandles(Path directory) {
        HostFiles host = new HostFiles(new FfmSyscalls(), false);
        InodeTable table = new InodeTable(few());
        int root = host.openRoot(directory.toString());
        host.stat(root);
        HandleMount mount = table.mounts().use(host, table.enter(host, root));
        if (mount != null) {
            table.mounts().leave(host, mount);
        }
        table.clear(host);
        assumeTrue(mount != null, "files of the temporary directory cannot be opened by handles: no CAP_DAC_READ_SEARCH, or overlayfs");
    }
}
