package io.holdfast.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.server.logging.Logging;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultsTest {

    @BeforeAll
    static void failuresOnPurposeAreNotLogged() {
        Logging.silence();
    }

    @Test
    void anUnknownWordIsAnsweredWithTheKnownOnes() {
        assertThatThrownBy(() -> Faults.parse("host-power,earthquake"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'earthquake'")
                .hasMessageContaining("host-power")
                .hasMessageContaining("port-errors");
    }

    @ParameterizedTest
    @EnumSource
    void eachFaultAloneHappensAndIsSurvived(Fault fault) {
        Faults one = Faults.parse(fault.word());
        assertThat(one.on()).containsExactly(fault);
        assertThat(Trial.usual().with(one).run(3, new Mutation(), true).violations())
                .isEmpty();
    }

    @Test
    void aControllersClockThatIsSetIsNoticedAndNobodyIsSuspectedForIt() {
        Outcome outcome = Trial.usual().with(Faults.parse("clock-step")).run(3, new Mutation(), true);
        assertThat(outcome.violations()).isEmpty();
        assertThat(outcome.story()).anyMatch(line -> line.contains("its wall clock jumps by"));
        assertThat(outcome.story()).anyMatch(line -> line.contains("finds that the wall clock went"));
        assertThat(outcome.fences()).isZero();
        assertThat(outcome.suspicions()).isZero();
    }

    @Test
    void aHostThatLosesItsPowerWhileClocksAreSetIsRecovered() {
        Outcome outcome = Trial.usual()
                .with(Faults.parse("clock-step,host-power,host-returns"))
                .run(1, new Mutation(), false);
        assertThat(outcome.violations()).isEmpty();
        assertThat(outcome.recoveries()).isPositive();
        assertThat(outcome.wrongfulFences()).isZero();
    }

    @Test
    void withoutFaultsNothingHappens() {
        Outcome quiet = Trial.usual().with(Faults.none()).run(3, new Mutation(), false);
        assertThat(quiet.violations()).isEmpty();
        assertThat(quiet.fences()).isZero();
        assertThat(quiet.suspicions()).isZero();
        assertThat(quiet.recoveries()).isZero();
    }

    @Test
    void aHostThatLosesItsPowerIsRecovered() {
        Outcome outcome =
                Trial.usual().with(Faults.parse("host-power,host-returns")).run(1, new Mutation(), false);
        assertThat(outcome.violations()).isEmpty();
        assertThat(outcome.recoveries()).isPositive();
        assertThat(outcome.wrongfulFences()).isZero();
    }
}
