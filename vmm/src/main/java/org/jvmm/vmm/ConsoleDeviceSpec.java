package org.jvmm.vmm;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import org.jvmm.virtio.console.ConsoleDevice;

/**
 * A virtio console, the guest's /dev/hvc0, whose output goes to a file.
 *
 * @param target a file, or {@code -} for standard error
 */
public record ConsoleDeviceSpec(String target) implements DeviceSpec {
    private static final String NODE = "/dev/hvc0";

    @Override
    public void build(DeviceHost host) {
        boolean standard = target.equals("-");
        OutputStream output = open(standard);
        // It has a thread of its own for a slow reader, and bounds what waits for it.
        GuestConsole copier = new GuestConsole(output, line -> {
        });
        copier.start();
        ConsoleDevice device = new ConsoleDevice((bytes, offset, length) -> {
            for (int i = offset; i < offset + length; i++) {
                copier.write(bytes[i]);
            }
        }, host.loop());
        host.onClose(() -> {
            copier.close();
            if (!standard) {
                close(output);
            }
        });
        host.attach(device);
        host.showInContainers(NODE, false);
    }

    private OutputStream open(boolean standard) {
        try {
            return standard ? new FileOutputStream(FileDescriptor.err) : new FileOutputStream(target);
        } catch (IOException e) {
            throw new MachineException("Cannot write the console device to " + target + ": " + e.getMessage(), e);
        }
    }

    private static void close(OutputStream output) {
        try {
            output.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
