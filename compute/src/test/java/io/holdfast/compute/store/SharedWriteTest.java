package io.holdfast.compute.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.store.StoreUnavailable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class SharedWriteTest {

    @Test
    void noAnswerInTimeIsNeitherStoredNorNotStored() {
        assertThatThrownBy(() -> SharedWrite.await(new CompletableFuture<>(), Duration.ofMillis(1), "the claim"))
                .isInstanceOfSatisfying(
                        StoreUnavailable.class,
                        e -> assertThat(e.outcomeUnknown()).isTrue())
                .hasMessageContaining("the claim was not stored within");
    }

    @Test
    void whatItWasRefusedWithReachesItsCaller() {
        IllegalArgumentException refusal = new IllegalArgumentException("no");
        assertThatThrownBy(() ->
                        SharedWrite.await(CompletableFuture.failedFuture(refusal), Duration.ofSeconds(1), "the claim"))
                .isSameAs(refusal);
        assertThat(SharedWrite.await(CompletableFuture.completedFuture(7), Duration.ofSeconds(1), "the claim"))
                .isEqualTo(7);
    }
}
