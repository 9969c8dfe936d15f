package org.jvmm.vmm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.jvmm.virtio.vsock.UnixSocketBackend;

/**
 * The guest's vsock as UNIX sockets of the host, see {@link UnixSocketBackend}.
 *
 * @param path socket file to be made
 */
public record VsockSocketSpec(Path path) implements DeviceSpec {
    /** Longest path of a socket in bytes (unix(7): 108 with the terminating 0). */
    private static final int MAX_PATH = 107;

    @Override
    public void build(DeviceHost host) {
        if (path.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
            throw new MachineException("Cannot listen on " + path + ": the path is longer than " + MAX_PATH + " bytes");
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            throw new MachineException("Cannot listen on " + path + ": it exists already; remove it or choose another path");
        }
        try {
            UnixSocketBackend backend = new UnixSocketBackend(host.vsock(), path, host.loop());
            host.onClose(() -> close(backend));
        } catch (IOException e) {
            throw new MachineException("Cannot listen on " + path + ": " + e.getMessage(), e);
        }
    }

    private static void close(UnixSocketBackend backend) {
        try {
            backend.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
