package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.api.http.Resources;
import io.holdfast.api.nova.Compute;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.Validator;
import io.vertx.openapi.contract.OpenAPIContract;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

final class KeptValidatorsTest {

    @Test
    void oneValidatorForEachSchemaSaysTheSameToManyAtOnce() {
        Vertx vertx = Vertx.vertx();
        try {
            OpenAPIContract plain = OpenAPIContract.from(
                            vertx, Contract.of(new Compute(Resources.text(Contract.COMPUTE), Map.of())))
                    .await();
            OpenAPIContract kept = KeptValidators.of(plain);
            JsonSchema schema = plain.operation("createFlavor")
                    .getRequestBody()
                    .getContent()
                    .get("application/json")
                    .getSchema();
            Validator validator = kept.getSchemaRepository().validator(schema);
            assertThat(kept.getSchemaRepository().validator(schema)).isSameAs(validator);
            assertThat(plain.getSchemaRepository().validator(schema)).isNotSameAs(validator);
            AtomicInteger wrong = new AtomicInteger();
            try (ExecutorService many = Executors.newVirtualThreadPerTaskExecutor()) {
                for (int i = 0; i < 200; i++) {
                    boolean good = i % 2 == 0;
                    many.execute(() -> {
                        JsonObject flavor = new JsonObject()
                                .put("name", "a")
                                .put("ram", good ? 64 : -1)
                                .put("vcpus", 1)
                                .put("disk", 1);
                        if (validator
                                        .validate(new JsonObject().put("flavor", flavor))
                                        .getValid()
                                != good) {
                            wrong.incrementAndGet();
                        }
                    });
                }
            }
            assertThat(wrong).hasValue(0);
        } finally {
            vertx.close().await();
        }
    }
}
