package org.jvmm.vmm;

/**
 * Which engine will run a guest, and why.
 *
 * @param accel {@link Accel#SOFT} or {@link Accel#KVM}
 * @param why a clause for people
 */
public record EngineChoice(Accel accel, String why) {
    /** Name of the engine. */
    public String engine() {
        return accel == Accel.KVM ? "kvm" : "soft";
    }
}
