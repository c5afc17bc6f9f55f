package io.holdfast.fencing.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.fencing.FenceDevice;
import io.holdfast.fencing.FenceDeviceContract;
import io.holdfast.fencing.PowerOrder;
import io.holdfast.model.HostId;
import io.holdfast.model.PowerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SimulatedPowerTest extends FenceDeviceContract {

    private static final HostId H1 = HostId.of("h1");

    private final List<String> changes = new ArrayList<>();
    private final SimulatedPower power = SimulatedPower.inRealTime((host, state) -> changes.add(host + " " + state));

    @Override
    protected FenceDevice device() {
        return power.device(H1);
    }

    @Override
    protected void switchOn() {
        power.restorePower(H1);
    }

    @Override
    protected boolean hasPower() {
        return power.hasPower(H1);
    }

    @Override
    protected void silence() {
        power.fault(H1, new PowerFault.Dead());
    }

    @Override
    protected void lie() {
        power.fault(H1, new PowerFault.Lying());
    }

    @Override
    protected void refuseOrders() {
        power.fault(H1, new PowerFault.RefusingOrders());
    }

    @Override
    protected void slowDown() {
        power.fault(H1, new PowerFault.Slow(Duration.ofSeconds(1)));
    }

    @Override
    protected FenceDevice withWrongPassword() {
        power.fault(H1, new PowerFault.WrongPassword());
        return power.device(H1);
    }

    @Test
    void tellsEachChangeOnce() {
        device().powerOff(Duration.ofSeconds(1));
        power.losePower(H1);
        power.restorePower(H1);

        assertThat(changes).containsExactly("h1 OFF", "h1 ON");
    }

    @Test
    void inNoTimeASilentDeviceReportsTheTimeItWouldHaveTaken() {
        SimulatedPower virtual = SimulatedPower.inNoTime((_, _) -> {});
        FenceDevice device = virtual.device(H1);
        virtual.fault(H1, new PowerFault.Dead());

        assertThat(device.readPower(Duration.ofHours(1)).took()).isEqualTo(Duration.ofHours(1));
    }

    @Test
    void anOrderThatIsAnsweredTooLateIsCarriedOutAllTheSame() {
        SimulatedPower virtual = SimulatedPower.inNoTime((_, _) -> {});
        FenceDevice device = virtual.device(H1);
        virtual.fault(H1, new PowerFault.Slow(Duration.ofSeconds(5)));

        assertThat(device.powerOff(Duration.ofSeconds(1)).answer()).isEqualTo(PowerOrder.Answer.NO_ANSWER);
        assertThat(virtual.hasPower(H1)).isFalse();
    }

    @Test
    void aHostThatIsSwitchedOnAgainReadsOffAsOftenAsSaid() {
        power.fault(H1, new PowerFault.SwitchingOnAgain(1));
        device().powerOff(Duration.ofSeconds(1));

        assertThat(device().readPower(Duration.ofSeconds(1)).state()).isEqualTo(PowerState.OFF);
        assertThat(device().readPower(Duration.ofSeconds(1)).state()).isEqualTo(PowerState.ON);
    }
}
