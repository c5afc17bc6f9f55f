package io.holdfast.fencing.sim;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.fencing.PowerReading;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The power of many simulated hosts, with one fence device each.
 *
 * <p>Hosts begin with power and without a fault. Any thread may call. How time passes is the caller's: {@link
 * #inRealTime} sleeps, {@link #inNoTime} only reports how long each answer would have taken, for a simulator that owns
 * the clock. The listener is told of every change of power, in the thread that caused it and without a lock held, so that
 * a simulated host can stop at once.
 */
public final class SimulatedPower {

    /** How a wait is spent. */
    private interface Waiting {
        void spend(Duration time) throws InterruptedException;
    }

    private final Waiting waiting;
    private final BiConsumer<HostId, PowerState> onChange;
    private final Object lock = new Object();

    /** Guarded by {@link #lock}. */
    private final Map<HostId, Socket> sockets = new HashMap<>();

    private static final class Socket {
        boolean on = true;
        PowerFault fault = new PowerFault.None();
        int offReadings;
    }

    private SimulatedPower(Waiting waiting, BiConsumer<HostId, PowerState> onChange) {
        this.waiting = waiting;
        this.onChange = onChange;
    }

    public static SimulatedPower inRealTime(BiConsumer<HostId, PowerState> onChange) {
        return new SimulatedPower(Thread::sleep, onChange);
    }

    public static SimulatedPower inNoTime(BiConsumer<HostId, PowerState> onChange) {
        return new SimulatedPower(_ -> {}, onChange);
    }

    /** The device of a host; the host is there from now on. */
    public FenceDevice device(HostId host) {
        synchronized (lock) {
            socket(host);
        }
        return new Device(host);
    }

    /** From now on, until the next fault. {@link PowerFault.None} repairs the device, not the host. */
    public void fault(HostId host, PowerFault fault) {
        synchronized (lock) {
            socket(host).fault = fault;
            socket(host).offReadings = 0;
        }
    }

    /** Pulls the plug, without asking the device. */
    public void losePower(HostId host) {
        set(host, false);
    }

    public void restorePower(HostId host) {
        set(host, true);
    }

    public boolean hasPower(HostId host) {
        synchronized (lock) {
            return socket(host).on;
        }
    }

    /** Whether its device does now what it should. One that dies with its host is well while the host has power. */
    public boolean isWell(HostId host) {
        return faultOf(host) instanceof PowerFault.None;
    }

    private void set(HostId host, boolean on) {
        boolean changed;
        synchronized (lock) {
            Socket socket = socket(host);
            changed = socket.on != on;
            socket.on = on;
        }
        if (changed) {
            onChange.accept(host, on ? PowerState.ON : PowerState.OFF);
        }
    }

    private Socket socket(HostId host) {
        return sockets.computeIfAbsent(host, _ -> new Socket());
    }

    private PowerFault faultOf(HostId host) {
        synchronized (lock) {
            Socket socket = socket(host);
            return socket.fault instanceof PowerFault.DiesWithHost
                    ? (socket.on ? new PowerFault.None() : new PowerFault.Dead())
                    : socket.fault;
        }
    }

    private final class Device implements FenceDevice {

        private final HostId host;

        Device(HostId host) {
            this.host = host;
        }

        @Override
        public String name() {
            return "simulated power of " + host;
        }

        @Override
        public PowerReading readPower(Duration deadline) {
            return switch (faultOf(host)) {
                case PowerFault.None _ -> reading(Duration.ZERO);
                case PowerFault.Dead _ -> silence(deadline);
                case PowerFault.DiesWithHost _ -> reading(Duration.ZERO);
                case PowerFault.Slow slow ->
                    slow.delay().compareTo(deadline) >= 0
                            ? silence(deadline)
                            : spend(slow.delay())
                                    ? reading(slow.delay())
                                    : new PowerReading(PowerState.UNKNOWN, "interrupted", slow.delay());
                case PowerFault.Lying _ -> reading(Duration.ZERO);
                case PowerFault.RefusingOrders _ -> reading(Duration.ZERO);
                case PowerFault.WrongPassword _ -> new PowerReading(PowerState.UNKNOWN, "refused login", Duration.ZERO);
                case PowerFault.LosingReplies _ -> reading(Duration.ZERO);
                case PowerFault.SwitchingOnAgain again -> readingOfRestless(again.offReadings());
            };
        }

        @Override
        public PowerOrder powerOff(Duration deadline) {
            return order(false, deadline);
        }

        @Override
        public PowerOrder powerOn(Duration deadline) {
            return order(true, deadline);
        }

        private PowerOrder order(boolean on, Duration deadline) {
            return switch (faultOf(host)) {
                case PowerFault.None _ -> carriedOut(on, Duration.ZERO);
                case PowerFault.Dead _ -> noAnswer(deadline);
                case PowerFault.DiesWithHost _ -> carriedOut(on, Duration.ZERO);
                case PowerFault.Slow slow -> {
                    if (slow.delay().compareTo(deadline) < 0) {
                        yield spend(slow.delay()) ? carriedOut(on, slow.delay()) : noAnswer(Duration.ZERO);
                    }
                    PowerOrder unanswered = noAnswer(deadline);
                    set(host, on);
                    yield unanswered;
                }
                case PowerFault.Lying _ -> new PowerOrder(PowerOrder.Answer.ACCEPTED, "done", Duration.ZERO);
                case PowerFault.RefusingOrders _ ->
                    new PowerOrder(PowerOrder.Answer.REFUSED, "command refused", Duration.ZERO);
                case PowerFault.WrongPassword _ ->
                    new PowerOrder(PowerOrder.Answer.REFUSED, "refused login", Duration.ZERO);
                case PowerFault.LosingReplies _ -> {
                    set(host, on);
                    yield noAnswer(deadline);
                }
                case PowerFault.SwitchingOnAgain _ -> carriedOut(on, Duration.ZERO);
            };
        }

        private PowerReading reading(Duration took) {
            boolean on = hasPower(host);
            return new PowerReading(on ? PowerState.ON : PowerState.OFF, "power is " + (on ? "on" : "off"), took);
        }

        private PowerReading readingOfRestless(int offReadings) {
            boolean again;
            synchronized (lock) {
                Socket socket = socket(host);
                again = !socket.on && socket.offReadings++ >= offReadings;
            }
            if (again) {
                set(host, true);
            }
            return reading(Duration.ZERO);
        }

        private PowerOrder carriedOut(boolean on, Duration took) {
            set(host, on);
            return new PowerOrder(PowerOrder.Answer.ACCEPTED, "done", took);
        }

        private PowerReading silence(Duration deadline) {
            spend(deadline);
            return new PowerReading(PowerState.UNKNOWN, "no answer", deadline);
        }

        private PowerOrder noAnswer(Duration deadline) {
            spend(deadline);
            return new PowerOrder(PowerOrder.Answer.NO_ANSWER, "no answer", deadline);
        }

        /** False when interrupted. */
        private boolean spend(Duration time) {
            try {
                waiting.spend(time);
                return true;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
    }
}
