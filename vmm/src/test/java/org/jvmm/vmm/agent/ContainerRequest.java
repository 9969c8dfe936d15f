package org.jvmm.vmm.agent;

import java.util.List;
import org.jvmm.vmm.agent.wire.ProtoWriter;

/** A CreateContainer request in full, as a container runtime would send it (guest-agent/proto/agent.proto and oci.proto). */
final class ContainerRequest {
    private final String id;
    private final ProtoWriter process = new ProtoWriter();
    private final ProtoWriter spec = new ProtoWriter();
    private final ProtoWriter linux = new ProtoWriter();
    private final ProtoWriter request = new ProtoWriter();

    /** A container that runs a script by the default image's shell. */
    ContainerRequest(String id, String script) {
        this.id = id;
        process.strings(4, List.of("/bin/sh", "-c", script)).strings(5, List.of("PATH=/bin:/sbin:/usr/bin:/usr/sbin"));
    }

    ContainerRequest env(String... entries) {
        process.strings(5, List.of(entries));
        return this;
    }

    ContainerRequest cwd(String path) {
        process.string(6, path);
        return this;
    }

    ContainerRequest terminal(int rows, int columns) {
        process.bool(1, true).message(2, new ProtoWriter().number(1, rows).number(2, columns));
        return this;
    }

    ContainerRequest user(int uid, int gid, int... groups) {
        ProtoWriter user = new ProtoWriter().number(1, uid).number(2, gid);
        byte[] packed = new byte[groups.length];
        for (int i = 0; i < groups.length; i++) {
            // One byte each: a packed field of varints below 128.
            packed[i] = (byte) groups[i];
        }
        process.message(3, user.bytes(3, packed, 0, packed.length));
        return this;
    }

    ContainerRequest capabilities(String... names) {
        List<String> all = List.of(names);
        process.message(7, new ProtoWriter().strings(1, all).strings(2, all).strings(4, all));
        return this;
    }

    ContainerRequest limit(String type, long soft, long hard) {
        process.message(8, new ProtoWriter().string(1, type).number(2, hard).number(3, soft));
        return this;
    }

    ContainerRequest noNewPrivileges() {
        process.bool(9, true);
        return this;
    }

    ContainerRequest readOnlyRoot() {
        spec.message(3, new ProtoWriter().bool(2, true));
        return this;
    }

    ContainerRequest hostname(String name) {
        spec.string(4, name);
        return this;
    }

    ContainerRequest mount(String destination, String source, String type, String... options) {
        spec.message(5, new ProtoWriter().string(1, destination).string(2, source).string(3, type).strings(4, List.of(options)));
        return this;
    }

    ContainerRequest memoryLimit(long bytes) {
        linux.message(4, new ProtoWriter().message(2, new ProtoWriter().number(1, bytes)));
        return this;
    }

    ContainerRequest processLimit(long count) {
        linux.message(4, new ProtoWriter().message(4, new ProtoWriter().number(1, count)));
        return this;
    }

    ContainerRequest cpuQuota(long quota, long period) {
        linux.message(4, new ProtoWriter().message(3, new ProtoWriter().number(2, quota).number(3, period)));
        return this;
    }

    ContainerRequest namespace(String type) {
        linux.message(6, new ProtoWriter().string(1, type));
        return this;
    }

    ContainerRequest namespaceOf(String type, String path) {
        linux.message(6, new ProtoWriter().string(1, type).string(2, path));
        return this;
    }

    ContainerRequest device(String path, int major, int minor) {
        linux.message(7, new ProtoWriter().string(1, path).string(2, "c").number(3, major).number(4, minor).number(5, 0600));
        return this;
    }

    ContainerRequest masked(String path) {
        linux.strings(10, List.of(path));
        return this;
    }

    ContainerRequest readOnly(String path) {
        linux.strings(11, List.of(path));
        return this;
    }

    /** A storage the agent mounts in the guest before the container is made. */
    ContainerRequest storage(String driver, String source, String type, String mountPoint, String... options) {
        request.message(5, new ProtoWriter().string(1, driver).string(3, source).string(4, type).strings(5, List.of(options))
                .string(6, mountPoint));
        return this;
    }

    String id() {
        return id;
    }

    /** The encoded request; call it once. Protobuf fields may come in any order. */
    ProtoWriter encode() {
        spec.string(1, "1.2.0").message(2, process).message(8, linux);
        return request.string(1, id).string(2, id).message(6, spec);
    }
}
