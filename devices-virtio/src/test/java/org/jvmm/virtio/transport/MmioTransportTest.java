package org.jvmm.virtio.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.jvmm.core.testing.ManualLoop;
import org.jvmm.virtio.rng.RngDevice;
import org.jvmm.virtio.testing.MockDriver;

/** Registers, negotiation, queues, resets, interrupts, pause and state. */
class MmioTransportTest {
    private final FakeDevice device = new FakeDevice();
    private final MockDriver driver = new MockDriver(device);
    private final TransportMetrics metrics = driver.transport().metrics();

    @Test
    void identifiesItself() {
        assertThat(driver.read(MmioRegister.MAGIC_VALUE)).isEqualTo(0x74726976);
        assertThat(driver.read(MmioRegister.VERSION)).isEqualTo(2);
        assertThat(driver.read(MmioRegister.DEVICE_ID)).isEqualTo(42);
        assertThat(driver.read(MmioRegister.QUEUE_SIZE_MAX)).isEqualTo(16);
        driver.write(MmioRegister.QUEUE_SEL, 2);
        assertThat(driver.read(MmioRegister.QUEUE_SIZE_MAX)).isZero();
        assertThat(metrics.badAccesses.get()).isZero();
    }

    @Test
    void offersFeaturesOfDeviceAndTransport() {
        assertThat(driver.offeredFeatures()).isEqualTo(
                1 | FeatureBits.VERSION_1 | FeatureBits.EVENT_IDX | FeatureBits.INDIRECT_DESC | FeatureBits.RING_RESET);
        driver.write(MmioRegister.DEVICE_FEATURES_SEL, 2);
        assertThat(driver.read(MmioRegister.DEVICE_FEATURES)).isZero();
    }

    @Test
    void refusesFeaturesThatWereNotOffered() {
        driver.negotiate(FeatureBits.VERSION_1 | 2);
        assertThat(driver.status()).isEqualTo(3);
        driver.negotiate(1);
        assertThat(driver.status()).as("legacy driver").isEqualTo(3);
        assertThat(metrics.badFeatures.get()).isEqualTo(2);
        driver.negotiate(FeatureBits.VERSION_1 | 1);
        assertThat(driver.status()).isEqualTo(11);
        driver.write(MmioRegister.DRIVER_FEATURES, 0);
        assertThat(metrics.badAccesses.get()).as("features after FEATURES_OK").isEqualTo(1);
    }

    @Test
    void activatesAndServes() {
        driver.start();
        assertThat(device.calls).containsExactly("activate", "queue 0", "queue 1");
        assertThat(device.context.has(FeatureBits.VERSION_1 | 1)).isTrue();
        driver.irq().take();
        driver.queue(1).writable(driver.allocate(64), 64).offer();
        driver.kick(1);
        assertThat(driver.queue(1).poll()).isTrue();
        assertThat(driver.queue(1).usedLength()).isEqualTo(64);
        assertThat(driver.irq().take()).isEqualTo(1);
        assertThat(driver.read(MmioRegister.INTERRUPT_STATUS)).isEqualTo(1);
        driver.write(MmioRegister.INTERRUPT_ACK, 1);
        assertThat(driver.read(MmioRegister.INTERRUPT_STATUS)).isZero();
        driver.kick(2);
        assertThat(metrics.badNotifications.get()).isEqualTo(1);
    }

    @Test
    void queueThatWasNotSetUpIsNotHandled() {
        driver.negotiate(FeatureBits.VERSION_1);
        driver.setUpQueue(1);
        driver.ready();
        driver.kick(0);
        assertThat(device.calls).containsExactly("activate", "queue 1");
    }

    @Test
    void badQueueMakesActivationFail() {
        driver.negotiate(FeatureBits.VERSION_1);
        driver.setUpQueue(0);
        driver.write(MmioRegister.QUEUE_READY, 0);
        driver.write(MmioRegister.QUEUE_SIZE, 3);
        driver.write(MmioRegister.QUEUE_READY, 1);
        driver.ready();
        assertThat(driver.needsReset()).isTrue();
        assertThat(driver.read(MmioRegister.INTERRUPT_STATUS)).isEqualTo(2);
        assertThat(driver.irq().take()).isEqualTo(1);
        assertThat(metrics.activationFailures.get()).isEqualTo(1);
        driver.kick(0);
        assertThat(device.calls).doesNotContain("queue 0");
        driver.start();
        assertThat(driver.needsReset()).isFalse();
        assertThat(driver.transport().isActive()).isTrue();
    }

    @Test
    void hostFailureMakesActivationFail() {
        device.failActivation = true;
        driver.start();
        assertThat(driver.needsReset()).isTrue();
        assertThat(driver.irq().take()).isEqualTo(1);
        assertThat(metrics.lastActivationFailure()).hasMessage("Cannot open /nowhere");
    }

    @Test
    void brokenRingAsksForAReset() {
        driver.start();
        driver.irq().take();
        driver.queue(0).available(99);
        driver.kick(0);
        assertThat(driver.needsReset()).isTrue();
        assertThat(driver.read(MmioRegister.INTERRUPT_STATUS) & 2).isEqualTo(2);
        assertThat(driver.irq().take()).isEqualTo(1);
        assertThat(device.calls).endsWith("reset");
        int calls = device.calls.size();
        driver.kick(0);
        driver.kick(1);
        assertThat(device.calls).hasSize(calls);
        driver.start();
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
    }

    @Test
    void resetClearsEverything() {
        driver.start();
        driver.write(MmioRegister.QUEUE_SEL, 1);
        driver.write(MmioRegister.SHM_SEL, 1);
        driver.reset();
        assertThat(device.calls).endsWith("reset");
        assertThat(driver.status()).isZero();
        assertThat(driver.read(MmioRegister.INTERRUPT_STATUS)).isZero();
        assertThat(driver.read(MmioRegister.QUEUE_READY)).isZero();
        assertThat(driver.read(MmioRegister.SHM_LEN_LOW)).isEqualTo(-1);
        driver.negotiate(FeatureBits.VERSION_1);
        driver.ready();
        assertThat(driver.transport().isActive()).isTrue();
    }

    @Test
    void resetBetweenDriverOkAndActivationCancelsIt() {
        driver.negotiate(FeatureBits.VERSION_1);
        driver.setUpQueue(0);
        device.calls.clear();
        driver.transport().write(MmioRegister.STATUS, 4, 15);
        driver.transport().write(MmioRegister.STATUS, 4, 0);
        driver.loop().runAll();
        assertThat(device.calls).doesNotContain("activate");
        assertThat(driver.status()).isZero();
    }

    @Test
    void queueRegistersAreFrozenWhileReadyAndBeforeFeaturesOk() {
        driver.write(MmioRegister.QUEUE_SIZE, 8);
        assertThat(metrics.badAccesses.get()).isEqualTo(1);
        driver.negotiate(FeatureBits.VERSION_1);
        driver.setUpQueue(0);
        driver.write(MmioRegister.QUEUE_DESC_LOW, 0x5000);
        assertThat(metrics.badAccesses.get()).isEqualTo(2);
        driver.write(MmioRegister.QUEUE_READY, 0);
        assertThat(driver.read(MmioRegister.QUEUE_READY)).isZero();
        driver.write(MmioRegister.QUEUE_DESC_LOW, 0x1000);
        assertThat(metrics.badAccesses.get()).isEqualTo(2);
    }

    @Test
    void queueIsResetAndConfiguredAgain() {
        driver.start();
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.write(MmioRegister.QUEUE_SEL, 0);
        driver.write(MmioRegister.QUEUE_RESET, 1);
        assertThat(driver.read(MmioRegister.QUEUE_RESET)).isZero();
        assertThat(driver.read(MmioRegister.QUEUE_READY)).isZero();
        assertThat(device.calls).endsWith("reset queue 0");
        driver.kick(0);
        assertThat(device.served).isZero();
        driver.setUpQueue(0);
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.kick(0);
        assertThat(device.served).isEqualTo(1);
        driver.queue(1).writable(driver.allocate(8), 8).offer();
        driver.kick(1);
        assertThat(device.served).as("the other queue never stopped").isEqualTo(2);
    }

    @Test
    void queueResetNeedsTheFeature() {
        driver.start(FeatureBits.VERSION_1);
        driver.write(MmioRegister.QUEUE_SEL, 0);
        driver.write(MmioRegister.QUEUE_RESET, 1);
        assertThat(driver.read(MmioRegister.QUEUE_READY)).isEqualTo(1);
        assertThat(metrics.badAccesses.get()).isEqualTo(1);
    }

    @Test
    void configurationHasAGeneration() {
        device.config.set(0, 4, 0x11223344);
        int generation = driver.read(MmioRegister.CONFIG_GENERATION);
        assertThat(driver.config(0, 4)).isEqualTo(0x11223344);
        assertThat(driver.config(1, 1)).isEqualTo(0x33);
        assertThat(driver.config(6, 4)).isZero();
        assertThat(driver.config(0xE00, 8)).isZero();
        device.config.set(0, 4, 5);
        assertThat(driver.read(MmioRegister.CONFIG_GENERATION)).isNotEqualTo(generation);
    }

    @Test
    void onlyWritableConfigurationIsWrittenAndOnlyAfterFeaturesOk() {
        driver.transport().write(MmioRegister.CONFIG + 4, 2, 0x1234);
        assertThat(driver.config(4, 2)).isZero();
        driver.start();
        driver.transport().write(MmioRegister.CONFIG + 2, 4, 0xAABBCCDDL);
        driver.loop().runAll();
        assertThat(driver.config(0, 8)).isEqualTo(0xAABB_0000_0000L);
        assertThat(device.calls).contains("config 2 4");
        driver.transport().write(MmioRegister.CONFIG, 4, 1);
        driver.transport().write(MmioRegister.CONFIG + 0xF00, 8, 1);
        assertThat(driver.config(0, 4)).isZero();
        assertThat(metrics.badAccesses.get()).isEqualTo(3);
    }

    @Test
    void sharedMemoryRegionsAreShown() {
        assertThat(driver.read(MmioRegister.SHM_BASE_HIGH)).isEqualTo(-1);
        driver.write(MmioRegister.SHM_SEL, 1);
        assertThat(driver.read(MmioRegister.SHM_LEN_LOW)).isEqualTo(0x2000);
        assertThat(driver.read(MmioRegister.SHM_LEN_HIGH)).isEqualTo(1);
        assertThat(driver.read(MmioRegister.SHM_BASE_LOW)).isEqualTo(0x3456_7000);
        assertThat(driver.read(MmioRegister.SHM_BASE_HIGH)).isEqualTo(0x12);
    }

    @Test
    void accessesOfWrongWidthAreRefused() {
        assertThat(driver.transport().read(MmioRegister.VERSION, 2)).isZero();
        assertThat(driver.transport().read(MmioRegister.VERSION + 1, 4)).isZero();
        driver.transport().write(MmioRegister.STATUS, 1, 1);
        driver.transport().write(MmioRegister.STATUS, 8, 1);
        assertThat(driver.status()).isZero();
        assertThat(metrics.badAccesses.get()).isEqualTo(4);
    }

    @Test
    void pausedDeviceIsLeftAloneAndLooksAtItsQueuesLater() {
        driver.start();
        driver.transport().pause();
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.kick(0);
        assertThat(device.served).isZero();
        driver.transport().resume();
        assertThat(device.served).isEqualTo(1);
        assertThat(device.calls).containsSubsequence("pause", "resume", "queue 0", "queue 1");
    }

    @Test
    void savedStateContinuesInAnotherTransport() throws IOException {
        driver.start();
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.kick(0);
        assertThat(driver.queue(0).poll()).isTrue();
        device.config.set(0, 4, 77);
        device.savedValue = 9;
        assertThatThrownBy(driver.transport()::save).isInstanceOf(IllegalStateException.class);
        driver.transport().pause();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        driver.transport().save().writeTo(new DataOutputStream(bytes));

        FakeDevice other = new FakeDevice();
        ManualLoop loop = new ManualLoop();
        MmioTransport restored = new MmioTransport(driver.memory(), other, driver.irq(), loop);
        TransportState state = TransportState.readFrom(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())), other);
        restored.restore(state);
        assertThat(other.calls).containsExactly("activate", "pause");
        assertThat(other.savedValue).isEqualTo(9);
        assertThat(restored.read(MmioRegister.STATUS, 4)).isEqualTo(15);
        assertThat(restored.read(MmioRegister.CONFIG, 4)).isEqualTo(77);
        driver.queue(0).writable(driver.allocate(8), 8).offer();
        driver.irq().take();
        restored.resume();
        assertThat(other.served).isEqualTo(1);
        assertThat(driver.queue(0).poll()).isTrue();
        assertThat(driver.irq().take()).isPositive();
        restored.pause();
        assertThat(restored.save().queues().get(0).nextAvail()).isEqualTo(2);
    }

    @Test
    void stateOfAnotherDeviceIsRefused() throws IOException {
        driver.transport().pause();
        TransportState state = driver.transport().save();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        state.writeTo(new DataOutputStream(bytes));
        byte[] wrong = bytes.toByteArray();
        wrong[7]++;
        assertThatThrownBy(() -> TransportState.readFrom(new DataInputStream(new ByteArrayInputStream(wrong)), device))
                .isInstanceOf(IOException.class).hasMessageContaining("device 43");
        wrong[3]++;
        assertThatThrownBy(() -> TransportState.readFrom(new DataInputStream(new ByteArrayInputStream(wrong)), device))
                .hasMessageContaining("unknown version 2");
        MmioTransport rng = new MmioTransport(driver.memory(), new RngDevice(), driver.irq(), new ManualLoop());
        assertThatThrownBy(() -> rng.restore(state)).isInstanceOf(IllegalArgumentException.class).hasMessageContaining("does not fit");
    }
}
