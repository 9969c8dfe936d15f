package org.jvmm.vmm;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jvmm.boot.KernelSymbols;
import org.jvmm.core.cpu.DebuggableVcpu;
import org.jvmm.core.cpu.Vcpu;
import org.jvmm.core.cpu.VcpuCounters;
import org.jvmm.virtio.balloon.BalloonDevice;
import org.jvmm.virtio.device.VirtioDevice;
import org.jvmm.vmm.agent.AgentClient;
import org.jvmm.vmm.agent.AgentDialer;
import org.jvmm.vmm.agent.AgentException;
import org.jvmm.vmm.agent.AgentSession;
import org.jvmm.vmm.agent.GuestNetwork;
import org.jvmm.vmm.agent.StreamConnector;
import org.jvmm.vmm.debug.TraceFilter;
import org.jvmm.vmm.debug.Tracer;

/**
 * A virtual machine: made by {@link #create}, run by {@link #start()}, ended by its guest or by {@link #stop()}, given back by {@link #close()}.
 * Any thread may call.
 *
 * <pre>{@code
 * MachineConfig config = MachineConfig.builder().kernel(kernel).initrd(initramfs).memory("256M").build();
 * try (Machine machine = Machine.create(config)) {
 *     machine.start();
 *     AgentSession guest = machine.connectAgent(60_000_000_000L);
 *     int code = guest.run(CommandSpec.of("uname", "-a"), null, System.out, System.err);
 * }
 * }</pre>
 */
public final class Machine implements AutoCloseable {
    private static final int REPORT_LINES = 25;

    private final MachineConfig config;
    private final MachineParts parts;
    private final CpuOwner owner = new CpuOwner();
    private volatile VcpuThread[] threads = {};

    // Guarded by this.
    private MachineState state = MachineState.CREATED;
    private MachineExit exit;
    private boolean closing;
    private AgentDialer dialer;
    private AgentClient agent;
    private volatile boolean running;
    private DebugGate gate;
    private List<Tracer> tracers;
    private KernelSymbols symbols;

    Machine(MachineConfig config, MachineParts parts) {
        this.config = config;
        this.parts = parts;
    }

    /**
     * Builds a machine; no guest instruction runs yet.
     *
     * @throws MachineException when the host cannot provide it
     * @throws org.jvmm.boot.KernelException when kernel, initrd or command line cannot be used
     * @throws org.jvmm.kvm.sys.GuestRamException when the memory cannot be had
     * @throws org.jvmm.core.host.SyscallException when the host refuses a system call
     */
    public static Machine create(MachineConfig config) {
        return MachineBuilder.build(config);
    }

    /** What the machine was made of. */
    public MachineConfig config() {
        return config;
    }

    /** Where it is in its life. */
    public synchronized MachineState state() {
        return state;
    }

    /** Name of the engine that executes the guest. */
    public String engine() {
        return parts.hypervisor().name();
    }

    /** The engine, and why it is that one. */
    public EngineChoice engineChoice() {
        return parts.choice();
    }

    /** Notifications of devices that never left the host's kernel; 0 with the software engine. */
    public long boundStores() {
        return parts.vm().boundStores();
    }

    /** The guest's serial console. */
    public GuestConsole console() {
        return parts.console();
    }

    /**
     * Types bytes on the guest's serial console. What the guest does not take in time is lost, as on a real line.
     */
    public void type(byte[] bytes, int offset, int length) {
        parts.serial().receive(bytes, offset, length);
    }

    /** Streams to ports of the guest. */
    public StreamConnector connector() {
        return parts.connector();
    }

    /** The guest's memory balloon; free memory that the guest reports goes back to the host by itself. */
    public BalloonDevice balloon() {
        return parts.balloon();
    }

    /** All virtio devices, in the order in which the guest finds them: each has its metrics. */
    public List<VirtioDevice> devices() {
        return List.copyOf(parts.devices());
    }

    /**
     * Prepares the machine for a debugger: its CPUs will be held before their first instruction. Before {@link #start()}.
     *
     * @return what the debugger works with
     */
    public synchronized DebugGate debug() {
        if (state != MachineState.CREATED) {
            throw new IllegalStateException("Machine was started before");
        }
        if (gate == null) {
            gate = new DebugGate(parts.vcpus(), parts.memory(), this::stop);
        }
        return gate;
    }

    /**
     * Has the instructions printed that the guest executes. Before {@link #start()}, and without {@link #debug()}.
     *
     * @param out gets a line an instruction; by several threads
     * @throws MachineException when the filter names a symbol that the kernel does not have
     */
    public synchronized void trace(TraceFilter filter, PrintStream out) {
        if (state != MachineState.CREATED || gate != null) {
            throw new IllegalStateException("Machine was started before, or has a debugger");
        }
        KernelSymbols names = parts.kernel().symbols();
        TraceFilter resolved = filter.resolve(names);
        AtomicLong left = new AtomicLong(filter.count());
        tracers = new ArrayList<>();
        for (Vcpu vcpu : parts.vcpus()) {
            tracers.add(new Tracer((DebuggableVcpu) vcpu, parts.memory(), names, resolved, left, out));
        }
    }

    /** Done when the machine is given back, after its CPUs have ended. */
    public void onClose(Runnable action) {
        parts.disposal().add(action);
    }

    /** Lets the guest run. Once. */
    public void start() {
        VcpuThread[] started = new VcpuThread[parts.vcpus().size()];
        synchronized (this) {
            if (exit != null) {
                // Stopped before it began.
                return;
            }
            if (state != MachineState.CREATED) {
                throw new IllegalStateException("Machine was started before");
            }
            for (int i = 0; i < started.length; i++) {
                started[i] = new VcpuThread(parts.vcpus().get(i), owner, gate, tracers == null ? null : tracers.get(i));
            }
            threads = started;
            symbols = parts.kernel().symbols();
            running = true;
            state = MachineState.RUNNING;
        }
        for (VcpuThread thread : started) {
            thread.start();
        }
        // Each thread takes a new JVM most of a millisecond; these have time while the guest begins.
        parts.console().start();
        parts.vm().cpusStarted();
    }

    /** Ends the guest as it stands, like pulling the plug. Returns before its CPUs have ended; nothing happens when they have. */
    public void stop() {
        end(new MachineExit(MachineExit.Kind.STOPPED, ""));
    }

    /** The first reason wins. On any thread, also a vCPU's. */
    private void end(MachineExit reason) {
        AgentDialer attempt;
        AgentClient connected;
        DebugGate held;
        synchronized (this) {
            if (exit != null) {
                return;
            }
            exit = reason;
            running = false;
            state = MachineState.ENDED;
            attempt = dialer;
            connected = agent;
            held = gate;
            notifyAll();
        }
        for (VcpuThread thread : threads) {
            thread.kick();
        }
        if (held != null) {
            held.end();
        }
        if (attempt != null) {
            attempt.cancel();
        }
        if (connected != null) {
            // Whoever waits for an answer learns that none will come.
            connected.close();
        }
    }

    /** The guest pulsed its reset line. */
    void guestReset() {
        String panic = parts.log().panic();
        end(panic == null ? new MachineExit(MachineExit.Kind.RESET, "") : panicExit(panic));
    }

    /** A panicked kernel has said its last words. */
    void guestPanicked() {
        end(panicExit(parts.log().panic()));
    }

    /** A device's handler threw: a mistake of this program. */
    void deviceBroken(Throwable cause) {
        end(internal("Device", cause));
    }

    private MachineExit panicExit(String panic) {
        return new MachineExit(MachineExit.Kind.PANIC, "Guest kernel panicked: " + panic);
    }

    private MachineExit internal(String who, Throwable cause) {
        MachineExit reason = new MachineExit(MachineExit.Kind.INTERNAL_ERROR,
                who + " failed by a mistake of jvmm: " + cause.getClass().getSimpleName() + ": " + cause.getMessage());
        parts.failure(cause);
        return reason;
    }

    /** What was thrown when the end was a mistake of this program; else null. */
    public Throwable internalError() {
        return parts.failure();
    }

    /** Why the machine ended, or null while it has not. */
    public synchronized MachineExit exit() {
        return exit;
    }

    /** Waits until the machine has ended, that is until {@link #exit()} is known. */
    public synchronized MachineExit awaitExit() throws InterruptedException {
        while (exit == null) {
            wait();
        }
        return exit;
    }

    /**
     * Waits until the machine has ended.
     *
     * @param nanos at most this long, greater than 0
     * @return null when it has not
     */
    public synchronized MachineExit awaitExit(long nanos) throws InterruptedException {
        long deadline = System.nanoTime() + nanos;
        for (long left = nanos; exit == null && left > 0; left = deadline - System.nanoTime()) {
            wait(left / 1_000_000 + 1);
        }
        return exit;
    }

    /** The last lines of the console, for a report about the guest's end. */
    public List<String> lastConsoleLines() {
        return parts.console().lastLines(REPORT_LINES);
    }

    /**
     * Waits for the guest's agent and makes its sandbox.
     *
     * @param nanos at most this long for the agent's first answer; 0 is without limit
     * @throws AgentException when it does not answer in time, or refuses
     * @throws MachineException when the machine ends first; {@link #exit()} says why
     */
    public AgentSession connectAgent(long nanos) throws InterruptedException {
        AgentDialer attempt = new AgentDialer(parts.connector());
        synchronized (this) {
            if (exit != null) {
                throw new MachineException("Machine has ended");
            }
            dialer = attempt;
        }
        AgentClient client = attempt.dial(nanos);
        synchronized (this) {
            if (client == null || exit != null) {
                throw new MachineException("Machine ended before its agent answered");
            }
            agent = client;
        }
        config.timings().mark(Milestone.AGENT_READY);
        return AgentSession.open(client, parts.guestFiles(), networks());
    }

    private List<GuestNetwork> networks() {
        List<GuestNetwork> networks = new ArrayList<>();
        for (DeviceSpec spec : config.devices()) {
            if (spec instanceof NetworkSpec network) {
                networks.add(network.guest());
            }
        }
        return networks;
    }

    /** Instructions that the guest's CPUs have executed; 0 before {@link #close()}, and with an engine that does not count. */
    public long instructionsRetired() {
        return counters().instructions();
    }

    /** What the engine counted on all CPUs; all zero before {@link #close()}. */
    public VcpuCounters counters() {
        VcpuCounters sum = new VcpuCounters();
        for (VcpuThread thread : threads) {
            sum.add(thread.counters());
        }
        return sum;
    }

    /** Ends the guest if it still runs, waits for its CPUs, and gives everything back, the memory last. Not on a thread of the machine. */
    @Override
    public void close() {
        stop();
        synchronized (this) {
            if (closing) {
                return;
            }
            closing = true;
        }
        boolean interrupted = false;
        for (VcpuThread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        parts.close();
        synchronized (this) {
            state = MachineState.CLOSED;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** What the vCPU threads tell. */
    private final class CpuOwner implements VcpuThread.Owner {
        @Override
        public boolean running() {
            return running;
        }

        @Override
        public void starting() {
            config.timings().mark(Milestone.FIRST_INSTRUCTION);
        }

        @Override
        public void shutdown(int cpu, long rip, String detail) {
            end(new MachineExit(MachineExit.Kind.TRIPLE_FAULT,
                    "Guest CPU " + cpu + " shut down (triple fault) at " + where(rip) + ": " + detail));
        }

        @Override
        public void failed(int cpu, long rip, String detail) {
            end(new MachineExit(MachineExit.Kind.CPU_FAILED, "Guest CPU " + cpu + " cannot go on at " + where(rip) + ": " + detail));
        }

        @Override
        public void broken(int cpu, Throwable cause) {
            end(internal("CPU " + cpu, cause));
        }

        private String where(long rip) {
            return "0x" + Long.toHexString(rip) + symbols.describe(rip).map(name -> " (" + name + ")").orElse("");
        }
    }
}
