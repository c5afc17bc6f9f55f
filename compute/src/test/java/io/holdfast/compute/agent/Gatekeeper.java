package io.holdfast.compute.agent;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.holdfast.compute.HypervisorDriver;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;

/** Stands before a hypervisor and lets calls of one kind wait until it is open. Counts those that wait or are let through. */
final class Gatekeeper {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String method;
    private final int which;
    private final ThreadLocal<Integer> calls = ThreadLocal.withInitial(() -> 0);

    @GuardedBy("this")
    private boolean open;

    @GuardedBy("this")
    private int inside;

    @GuardedBy("this")
    private int most;

    @GuardedBy("this")
    private int all;

    private Gatekeeper(String method, int which) {
        this.method = method;
        this.which = which;
    }

    /** Of each call of that name. */
    Gatekeeper(String method) {
        this(method, 0);
    }

    /** Of the second call of that name that a thread makes, each time. */
    static Gatekeeper ofTheSecond(String method) {
        return new Gatekeeper(method, 2);
    }

    /** The hypervisor is asked when the gate has opened. */
    HypervisorDriver before(HypervisorDriver driver) {
        return around(driver, true);
    }

    /** The hypervisor is asked at once, and its answer is late. */
    HypervisorDriver after(HypervisorDriver driver) {
        return around(driver, false);
    }

    private HypervisorDriver around(HypervisorDriver driver, boolean waitsFirst) {
        return (HypervisorDriver) Proxy.newProxyInstance(
                HypervisorDriver.class.getClassLoader(),
                new Class<?>[] {HypervisorDriver.class},
                (proxy, called, arguments) -> {
                    boolean stops = called.getName().equals(method) && isTheOne();
                    try {
                        if (!stops) {
                            return called.invoke(driver, arguments);
                        }
                        enter();
                        try {
                            if (waitsFirst) {
                                awaitOpen();
                                return called.invoke(driver, arguments);
                            }
                            Object answer = called.invoke(driver, arguments);
                            awaitOpen();
                            return answer;
                        } finally {
                            leave();
                        }
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private boolean isTheOne() {
        calls.set(calls.get() + 1);
        return which == 0 || calls.get() == which;
    }

    private synchronized void enter() {
        inside++;
        all++;
        most = Math.max(most, inside);
    }

    private synchronized void leave() {
        inside--;
    }

    private synchronized void awaitOpen() throws InterruptedException {
        long limit = System.nanoTime() + PATIENCE.toNanos();
        while (!open) {
            long left = limit - System.nanoTime();
            if (left <= 0) {
                throw new AssertionError("the gate was not opened within " + PATIENCE);
            }
            wait(Math.max(1, left / 1_000_000));
        }
    }

    synchronized void open() {
        open = true;
        notifyAll();
    }

    synchronized void shut() {
        open = false;
    }

    synchronized int inside() {
        return inside;
    }

    /** The most that were inside at the same time. */
    synchronized int most() {
        return most;
    }

    synchronized int all() {
        return all;
    }
}
