package io.holdfast.chaos.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/**
 * One lab for all stories of this test run: brought up for the first, whole again after each, down after the last. A story
 * that fails carries the case's timeline and the ends of the logs with its failure.
 */
final class OnTheLab
        implements BeforeEachCallback, AfterEachCallback, TestExecutionExceptionHandler, ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(OnTheLab.class);

    /** Closed by JUnit together with the store that it is in, at the very end. */
    private static LabCluster cluster(ExtensionContext context) {
        return context.getRoot().getStore(NAMESPACE).computeIfAbsent(LabCluster.class, _ -> open(), LabCluster.class);
    }

    private static LabCluster open() {
        try {
            return LabCluster.open();
        } catch (IOException e) {
            throw new UncheckedIOException("the lab could not be brought up", e);
        }
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        cluster(context).beforeStory();
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure) throws Throwable {
        // A report of its own, without a trace: the trace of the failure says where, this says what was there.
        failure.addSuppressed(new Scene(cluster(context).report()));
        throw failure;
    }

    @Override
    public void afterEach(ExtensionContext context) {
        cluster(context).heal();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        return parameter.getParameter().getType() == LabCluster.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return cluster(context);
    }

    private static final class Scene extends RuntimeException {

        private static final long serialVersionUID = 1L;

        Scene(String text) {
            super(text, null, false, false);
        }
    }
}
