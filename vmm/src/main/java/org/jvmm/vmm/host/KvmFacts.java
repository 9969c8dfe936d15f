package org.jvmm.vmm.host;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jvmm.kvm.KvmException;
import org.jvmm.kvm.KvmHypervisor;
import org.jvmm.kvm.abi.KvmCapability;
import org.jvmm.kvm.abi.KvmConstants;
import org.jvmm.kvm.sys.NativeAccessException;
import org.jvmm.kvm.sys.DirectSyscalls;
import org.jvmm.kvm.sys.NativeBinding;

/** What {@code jvmm doctor} tells of this host's KVM. */
public final class KvmFacts {
    private KvmFacts() {}

    /** Facts by name, in the order of the output; few when the device does not open. */
    public static Map<String, String> collect() {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("kvm_access", access(Path.of(KvmHypervisor.DEVICE)));
        facts.put("native", NativeBinding.name() + (NativeBinding.name().equals("ffm") && !DirectSyscalls.available() ? " (linker)" : ""));
        try (KvmHypervisor hypervisor = KvmHypervisor.open(NativeBinding::newSyscalls, 1, false)) {
            facts.put("kvm_api", Integer.toString(KvmConstants.API_VERSION));
            facts.put("kvm_max_cpus", Integer.toString(hypervisor.maxCpus()));
            facts.put("kvm_uses", capabilities(hypervisor, true));
            facts.put("kvm_misses", capabilities(hypervisor, false));
        } catch (KvmException | NativeAccessException e) {
            facts.put("kvm_error", e.getMessage());
        }
        return facts;
    }

    /** Capabilities that jvmm uses and that are there, or are not. */
    private static String capabilities(KvmHypervisor hypervisor, boolean there) {
        StringBuilder text = new StringBuilder();
        for (KvmCapability capability : KvmCapability.values()) {
            if (capability.need() != KvmCapability.Need.KNOWN && hypervisor.capability(capability) > 0 == there) {
                text.append(text.isEmpty() ? "" : " ").append(capability.name());
            }
        }
        return text.isEmpty() ? "none" : text.toString();
    }

    private static String access(Path device) {
        try {
            PosixFileAttributes attributes = Files.readAttributes(device, PosixFileAttributes.class);
            return PosixFilePermissions.toString(attributes.permissions()) + " " + attributes.owner().getName() + ":"
                    + attributes.group().getName() + (Files.isReadable(device) && Files.isWritable(device) ? ", opens" : ", does not open");
        } catch (IOException e) {
            return "no " + device;
        }
    }
}
