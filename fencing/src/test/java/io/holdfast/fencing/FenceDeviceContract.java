package io.holdfast.fencing;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.model.PowerState;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What every fence device promises, whatever the world does. */
public abstract class FenceDeviceContract {

    private static final Duration CALL = Duration.ofSeconds(3);
    private static final Duration SHORT = Duration.ofMillis(600);

    protected abstract FenceDevice device();

    protected abstract void switchOn();

    protected abstract boolean hasPower();

    /** From now on nothing answers. */
    protected abstract void silence();

    /** From now on the device says "done" and does nothing. */
    protected abstract void lie();

    /** From now on orders fail. */
    protected abstract void refuseOrders();

    /** From now on every answer takes longer than {@link #SHORT}. */
    protected abstract void slowDown();

    /** A device that logs in with a wrong password. */
    protected abstract FenceDevice withWrongPassword();

    @Test
    void readsOnThenCutsThePowerThenReadsOff() {
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);
        assertThat(device().powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        assertThat(hasPower()).isFalse();
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.OFF);
        switchOn();
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);
    }

    @Test
    void givesThePowerBackAndTwiceIsOnce() {
        device().powerOff(CALL);

        assertThat(device().powerOn(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        assertThat(hasPower()).isTrue();
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);
        device().powerOn(CALL);
        assertThat(hasPower()).isTrue();
    }

    @Test
    void anOrderToSwitchOnThatIsRefusedOrUnansweredIsNamedSo() {
        device().powerOff(CALL);
        assertThat(withWrongPassword().powerOn(CALL).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
        silence();
        assertThat(device().powerOn(SHORT).answer()).isEqualTo(PowerOrder.Answer.NO_ANSWER);
        assertThat(hasPower()).isFalse();
    }

    @Test
    void cuttingThePowerTwiceDoesNoHarm() {
        device().powerOff(CALL);
        device().powerOff(CALL);

        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.OFF);
    }

    @Test
    void silenceIsUnknownAndNoAnswerWithinTheDeadline() {
        silence();
        long startNanos = System.nanoTime();

        assertThat(device().readPower(SHORT).state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(device().powerOff(SHORT).answer()).isEqualTo(PowerOrder.Answer.NO_ANSWER);

        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofMillis(1500));
    }

    @Test
    void aLieIsAcceptedAndReadsOn() {
        lie();

        assertThat(device().powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.ACCEPTED);
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);
    }

    @Test
    void aRefusalIsNamed() {
        refuseOrders();

        assertThat(device().powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
        assertThat(device().readPower(CALL).state()).isEqualTo(PowerState.ON);
    }

    @Test
    void aSlowAnswerIsNoAnswer() {
        slowDown();

        assertThat(device().readPower(SHORT).state()).isEqualTo(PowerState.UNKNOWN);
    }

    @Test
    void aWrongPasswordIsRefusedAndReadsUnknownEvenWhenTheHostIsOff() {
        device().powerOff(CALL);

        PowerReading reading = withWrongPassword().readPower(CALL);

        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(reading.detail()).contains("refused login");
        assertThat(withWrongPassword().powerOff(CALL).answer()).isEqualTo(PowerOrder.Answer.REFUSED);
    }

    @Test
    void anInterruptedCallerIsBackAtOnceAndStillInterrupted() {
        silence();
        Thread.currentThread().interrupt();
        long startNanos = System.nanoTime();

        PowerReading reading = device().readPower(Duration.ofSeconds(10));

        assertThat(Thread.interrupted()).isTrue();
        assertThat(reading.state()).isEqualTo(PowerState.UNKNOWN);
        assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isLessThan(Duration.ofSeconds(2));
    }
}
