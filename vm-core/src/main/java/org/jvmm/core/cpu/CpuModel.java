package org.jvmm.core.cpu;

/** What the software CPU announces to its guest and executes: the micro-architecture levels of the x86-64 psABI, with more that is proved beside them. */
public enum CpuModel {
    /** x86-64-v2 (SSE3 to SSE4.2, POPCNT, CMPXCHG16B, LAHF), and AES, PCLMULQDQ, SHA, BMI1, BMI2, ADX, MOVBE, LZCNT, RDRAND, FSGSBASE, XSAVE. */
    V2,
    /** x86-64-v3: {@link #V2} with AVX, AVX2, FMA and F16C. */
    V3
}
