package io.holdfast.compute.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.compute.ComputeException;
import io.holdfast.compute.InstanceGoal;
import io.holdfast.compute.RecoveryTerms;
import io.holdfast.compute.RecoveryTerms.Readiness;
import io.holdfast.compute.SayAnswer;
import io.holdfast.compute.SayTerms;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TermsRuleTest {

    @Test
    void everyWordIsRead() {
        RecoveryTerms terms = TermsRule.parse(Map.of(
                "holdfast:priority", "700",
                "holdfast:depends-on", "db, queue ,db",
                "holdfast:ready", "after:90",
                "holdfast:on-host-failure", "stopped",
                "holdfast:restart-limit", "2",
                "holdfast:relocate-limit", "5",
                "holdfast:failback", "true",
                "holdfast:recovery", "automatic",
                "holdfast:say", "90:leave"));
        assertThat(terms)
                .isEqualTo(new RecoveryTerms(
                        700,
                        List.of("db", "queue"),
                        new Readiness.After(Duration.ofSeconds(90)),
                        InstanceGoal.STOPPED,
                        2,
                        5,
                        true,
                        new SayTerms(Duration.ofSeconds(90), SayAnswer.LEAVE)));
        assertThat(TermsRule.parse(Map.of("colour", "blue"))).isEqualTo(RecoveryTerms.NONE);
        assertThat(TermsRule.parse(Map.of("holdfast:depends-on", " ", "holdfast:ready", "running")))
                .isEqualTo(RecoveryTerms.NONE);
    }

    @ParameterizedTest
    @CsvSource({"1, 1:recover", "600:stopped, 600:stopped", "90:recover, 90:recover", "never, never"})
    void whetherAConsumerIsAskedIsReadAndWrittenAlike(String value, String written) {
        SayTerms say = Objects.requireNonNull(
                TermsRule.parse(Map.of(TermsRule.SAY, value)).say());
        assertThat(TermsRule.word(say)).isEqualTo(written);
        assertThat(say.asks()).isEqualTo(!value.equals("never"));
        assertThatThrownBy(() -> new SayTerms(Duration.ofSeconds(601), SayAnswer.LEAVE))
                .hasMessageContaining("from 1 s to 600 s, not 601000 ms");
    }

    @Test
    void onlyAHeartbeatHasToBeHeardAndOnlyATimeHasToPass() {
        assertThat(TermsRule.parse(Map.of("holdfast:ready", "heartbeat")).readiness())
                .isEqualTo(new Readiness.Heartbeat());
        Readiness running = new Readiness.Running();
        Readiness after = new Readiness.After(Duration.ofSeconds(3));
        Readiness heartbeat = new Readiness.Heartbeat();
        assertThat(List.of(running, after, heartbeat))
                .extracting(Readiness::settle)
                .containsExactly(Duration.ZERO, Duration.ofSeconds(3), Duration.ZERO);
        assertThat(List.of(running, after, heartbeat))
                .extracting(Readiness::needsHeartbeat)
                .containsExactly(false, false, true);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "holdfast:prio | 1 | metadata 'holdfast:prio' is not known; the words are holdfast:depends-on,",
                "holdfast:priority | high | must be a whole number from 0 to 1000, is 'high'",
                "holdfast:priority | -1 | must be a whole number from 0 to 1000, is '-1'",
                "holdfast:priority | 1001 | must be a whole number from 0 to 1000, is '1001'",
                "holdfast:priority | 99999999999 | must be a whole number from 0 to 1000",
                "holdfast:depends-on | a,,b | must be ids or names of instances, separated by commas, is 'a,,b'",
                "holdfast:depends-on | a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q | at most 16 instances, these are 17",
                "holdfast:ready | soon | must be running, heartbeat or after:SECONDS (0 to 3600), is 'soon'",
                "holdfast:ready | after:3601 | must be running, heartbeat or after:SECONDS",
                "holdfast:ready | after: | must be running, heartbeat or after:SECONDS",
                "holdfast:on-host-failure | paused | must be running or stopped, is 'paused'",
                "holdfast:failback | yes | must be true or false, is 'yes'",
                "holdfast:restart-limit | 11 | must be a whole number from 0 to 10, is '11'",
                "holdfast:say | 0 | must be never, SECONDS or SECONDS:ANSWER (1 to 600; recover, leave or stopped), is"
                        + " '0'",
                "holdfast:say | 601 | must be never, SECONDS or SECONDS:ANSWER",
                "holdfast:say | soon | must be never, SECONDS or SECONDS:ANSWER",
                "holdfast:say | 60:move | must be never, SECONDS or SECONDS:ANSWER",
                "holdfast:say | 60: | must be never, SECONDS or SECONDS:ANSWER",
                "holdfast:relocate-limit | 0 | must be a whole number from 1 to 20, is '0'"
            })
    void whatMeansNothingIsRefusedWithTheKnownWordsAndReadAsNotSaid(String key, String value, String words) {
        assertThatThrownBy(() -> InstanceRules.metadata(Map.of(key, value)))
                .isInstanceOfSatisfying(
                        ComputeException.class, e -> assertThat(e.kind()).isEqualTo(ComputeException.Kind.INVALID))
                .hasMessageContaining(words);
        assertThat(TermsRule.read(Map.of(key, value))).isEqualTo(RecoveryTerms.NONE);
    }

    @Test
    void oneWordThatCannotBeReadDoesNotSilenceTheOthers() {
        assertThat(TermsRule.read(Map.of("holdfast:ready", "soon", "holdfast:priority", "7"))
                        .priority())
                .isEqualTo(7);
    }
}
