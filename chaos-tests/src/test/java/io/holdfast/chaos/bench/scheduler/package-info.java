@org.jspecify.annotations.NullMarked
package io.holdfast.chaos.bench.scheduler;
