package org.jvmm.virtio.transport;

/**
 * One queue of a saved {@link TransportState}.
 *
 * @param size entries, as the driver chose
 * @param ready QueueReady
 * @param descriptors address of the descriptor table
 * @param driver address of the available ring
 * @param device address of the used ring
 * @param nextAvail the device's index into the available ring
 * @param nextUsed the device's index into the used ring
 */
public record QueueState(int size, boolean ready, long descriptors, long driver, long device, int nextAvail, int nextUsed) {}
