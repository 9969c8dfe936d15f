/** Guest memory, buses, interrupt lines, clock, metrics and the engine contract that every other module speaks. */
module org.jvmm.core {
    exports org.jvmm.core.bus;
    exports org.jvmm.core.cpu;
    exports org.jvmm.core.event;
    exports org.jvmm.core.host;
    exports org.jvmm.core.irq;
    exports org.jvmm.core.memory;
    exports org.jvmm.core.metrics;
    exports org.jvmm.core.time;
}
