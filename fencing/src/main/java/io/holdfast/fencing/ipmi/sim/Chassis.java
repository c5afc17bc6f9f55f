package io.holdfast.fencing.ipmi.sim;

import io.holdfast.fencing.ipmi.core.ChassisAct;
import io.holdfast.fencing.ipmi.rmcp.Bytes;
import io.holdfast.fencing.sim.HostPower;
import io.holdfast.fencing.sim.SimulatedHardware;
import io.holdfast.fencing.sim.SimulatedHardware.Fault;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The power and the clock of a machine that is not there, and every order that it got over IPMI. Whoever else has it in hand (a Redfish
 * front, a test) switches the same power. Any thread may call.
 */
public final class Chassis implements HostPower {

    private boolean power = true;
    private @Nullable InstantSource clock = InstantSource.system();
    private final List<ChassisAct> orders = new ArrayList<>();
    private final SimulatedHardware hardware = new SimulatedHardware();

    @Override
    public synchronized boolean hasPower() {
        return power;
    }

    @Override
    public synchronized void power(boolean on) {
        power = on;
    }

    /** @param wanted what its clock shows; null for a machine that has none */
    public synchronized void clock(@Nullable InstantSource wanted) {
        clock = wanted;
    }

    /** Its fans, temperatures, power supplies and drives. */
    public SimulatedHardware hardware() {
        return hardware;
    }

    /** Power state, last power event, miscellaneous (section 28.2). */
    Bytes status() {
        Set<Fault> faults = hardware.faults();
        return Bytes.of(
                (hasPower() ? 0x01 : 0)
                        | (faults.contains(Fault.OVERLOAD) ? 0x02 : 0)
                        | (faults.contains(Fault.POWER) ? 0x08 : 0),
                0,
                (faults.contains(Fault.DRIVE) ? 0x04 : 0) | (faults.contains(Fault.COOLING) ? 0x08 : 0));
    }

    synchronized OptionalLong seconds() {
        return clock == null
                ? OptionalLong.empty()
                : OptionalLong.of(clock.instant().getEpochSecond());
    }

    /** Every order that came over IPMI and was carried out, in their order. */
    public synchronized List<ChassisAct> orders() {
        return List.copyOf(orders);
    }

    synchronized int orderCount() {
        return orders.size();
    }

    /** Carries it out at once; false if that cannot be in this state. */
    synchronized boolean obey(ChassisAct act) {
        switch (act) {
            case ON -> power = true;
            case OFF, SOFT -> power = false;
            case CYCLE, RESET, DIAGNOSTIC_INTERRUPT -> {
                if (!power) {
                    return false;
                }
            }
            case STATUS, CLOCK -> throw new IllegalArgumentException("a question is no order");
        }
        orders.add(act);
        return true;
    }
}
