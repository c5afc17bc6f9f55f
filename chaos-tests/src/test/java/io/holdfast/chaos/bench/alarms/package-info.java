@NullMarked
package io.holdfast.chaos.bench.alarms;

import org.jspecify.annotations.NullMarked;
