"""The benchmark of the floors table, in parts: material, distortions, uploads, tasks, report."""
