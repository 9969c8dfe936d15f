package org.jvmm.cpu.decode;

import org.jvmm.cpu.sse.SseOp;

/** Which rows this host's processor can execute, by the feature names of /proc/cpuinfo. */
final class HostFeatures {
    private final String names;

    HostFeatures(String names) {
        this.names = names;
    }

    /** The feature that a row needs and the host lacks, or null. */
    String missing(OpcodeForm form) {
        String wanted = feature(form);
        return wanted == null || names.contains(" " + wanted + " ") ? null : wanted;
    }

    private static String feature(OpcodeForm form) {
        return form.op() == Op.SSE ? vectorFeature(form) : switch (form.op()) {
            case MOVBE -> "movbe";
            case POPCNT -> "popcnt";
            case CRC32 -> "sse4_2";
            case LZCNT -> "abm";
            case TZCNT, ANDN, BEXTR, BLSI, BLSMSK, BLSR -> "bmi1";
            case BZHI, MULX, PDEP, PEXT, RORX, SARX, SHLX, SHRX -> "bmi2";
            case ADCX, ADOX -> "adx";
            case XSAVEOPT -> "xsaveopt";
            case XSAVEC -> "xsavec";
            case RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE -> "fsgsbase";
            default -> null;
        };
    }

    private static String vectorFeature(OpcodeForm form) {
        String name = SseOp.name(form.sseOp());
        if (name.startsWith("SHA1") || name.startsWith("SHA256")) {
            return "sha_ni";
        }
        if (name.startsWith("AES")) {
            return "aes";
        }
        if (name.equals("PCLMULQDQ")) {
            return "pclmulqdq";
        }
        if (name.startsWith("VFM") || name.startsWith("VFN")) {
            return "fma";
        }
        if (name.startsWith("VCVTP")) {
            return "f16c";
        }
        if (form.map() > OpcodeForm.VEX) {
            return "avx2";
        }
        return form.map() >= 2 ? "sse4_2" : null;
    }
}
